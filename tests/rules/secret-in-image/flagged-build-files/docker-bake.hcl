variable "NPM_TOKEN" {}
variable "VERSION" { default = "1" }
target "app" {
  context = "web"
  args = {
    VERSION = VERSION
    KEY = NPM_TOKEN
    LINE = "//registry.example.com/:_authToken=${NPM_TOKEN}"
  }
}
