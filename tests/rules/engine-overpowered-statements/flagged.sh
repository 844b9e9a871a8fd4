#!/bin/sh
vault write database/roles/ops db_name=ops default_ttl=1h max_ttl=2h \
  creation_statements="GRANT ALL ON *.* TO '{{name}}'@'%' WITH GRANT OPTION;" # expect: engine-overpowered-statements
