#!/bin/sh
DATABASE_URL="$(cat "$DATABASE_URL")" ./migrate
