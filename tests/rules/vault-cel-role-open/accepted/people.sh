#!/bin/sh
bao write auth/oidc/cel/role/people bound_audiences=app cel_program='{"expression": "pb.Auth{policies: [\"app\"]}"}'
