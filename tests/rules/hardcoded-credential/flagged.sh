#!/bin/sh
export UPLOAD_TOKEN='p0o9i8u7y6t5r4e3'  # expect: hardcoded-credential
PASSPHRASE="Ptarmigan#Snow#88" gpg --batch --sign app.tar  # expect: hardcoded-credential
echo done
