#!/bin/sh
vault write auth/token/roles/ci allowed_policies=ci-read
