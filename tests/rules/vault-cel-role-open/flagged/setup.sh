#!/bin/sh
bao write auth/gitlab/cel/role/audience cel_program='{"expression": "claims.project_id == \"42\" && claims.ref_protected == \"true\" ? pb.Auth{policies: [\"app\"]} : false"}'
