path "secret/data/{{identity.entity.id}}/*" {
  capabilities = ["read"]
}

path "secret/data/{{identity.entity.aliases.auth_jwt_1.metadata.project_id}}/*" {
  capabilities = ["read"]
}

path "secret/data/{{identity.entity.aliases.auth_jwt_1.name}}/*" {
  capabilities = ["read"]
}

# an entity's own entry: whatever its name is, it is itself
path "identity/entity/name/{{identity.entity.name}}" {
  capabilities = ["read"]
}
