#!/bin/sh
# one device in a script says nothing of how many the server has
vault audit enable file file_path=/var/log/vault/audit.log
