#!/bin/bash
POOL=ci
gcloud iam workload-identity-pools providers create-oidc gitlab \
  --location=global --workload-identity-pool="$POOL" \
  --issuer-uri=https://gitlab.com --allowed-audiences=https://gcp.example.com \
  --attribute-mapping='google.subject=assertion.sub,attribute.ref=assertion.ref' \
  --attribute-condition='assertion.namespace_path.startsWith("acme")' # expect: cloud-any-project
gcloud iam service-accounts add-iam-policy-binding deploy@acme.iam.gserviceaccount.com \
  --role=roles/iam.workloadIdentityUser \
  --member="principalSet://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/$POOL/attribute.ref/main"
