variable "api_token" {
  default = "z8y6x4w2v0u9t7s5"  # expect: hardcoded-credential
}

provider "example" {
  client_secret = "Cormorant-4471-Bay"  # expect: hardcoded-credential
  endpoint      = "https://api.example.com"
}

locals {
  settings = {
    access_key = "a1s2d3f4g5h6j7k8"  # expect: hardcoded-credential
    region     = "eu-central-1"
  }
}
