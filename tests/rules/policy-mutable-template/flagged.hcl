path "secret/data/{{identity.entity.name}}/*" { # expect: policy-mutable-template
  capabilities = ["read"]
}

path "secret/data/{{identity.entity.aliases.auth_jwt_1.metadata.project_path}}/*" { # expect: policy-mutable-template
  capabilities = ["read"]
}

path "secret/data/shop/{{identity.entity.aliases.auth_jwt_1.metadata.environment}}/*" { # expect: policy-mutable-template
  capabilities = ["read"]
}
