path "secret/data/{{identity.entity.id}}/*" {
  capabilities = ["read"]
}

path "secret/data/{{identity.entity.aliases.auth_jwt_1.metadata.project_id}}/*" {
  capabilities = ["read"]
}

path "secret/data/{{identity.entity.aliases.auth_jwt_1.name}}/*" {
  capabilities = ["read"]
}
