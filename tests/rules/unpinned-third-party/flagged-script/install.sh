#!/bin/sh
curl -sSL https://get.example.com/install | sh # expect: unpinned-third-party
