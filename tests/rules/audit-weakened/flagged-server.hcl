unsafe_allow_api_audit_creation = true # expect: audit-weakened

audit "file" "everything" {
  options = {
    file_path = "/var/log/openbao/audit.log"
    log_raw   = "true" # expect: audit-weakened
    mode      = "0644" # expect: audit-weakened
  }
}

audit "http" "collector" {
  options {
    uri = "http://logs.example.com/audit" # expect: audit-weakened
  }
}

audit "http" "local" {
  options {
    uri = "http://127.0.0.1:9000/audit"
  }
}

audit "http" "named-like-here" {
  options {
    uri = "http://localhost.example.com/audit" # expect: audit-weakened
  }
}

audit "http" "every-interface" {
  options {
    uri = "http://0.0.0.0:9000/audit"
  }
}
