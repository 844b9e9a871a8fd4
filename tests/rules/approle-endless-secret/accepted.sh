#!/bin/sh
# what the server already has is merged with this: only the server tells the whole role
vault write auth/approle/role/deploy token_policies=deploy
