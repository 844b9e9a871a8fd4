# Builds a virtual environment from the locked requirements, then takes only that along: no compiler, no pip's cache.
# For an image that never moves name the base by digest: --build-arg PYTHON=python@sha256:...
# Python 3.11 is the version that the tests run on.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.txt requirements-build.txt ./
# Wheels alone: nothing of a dependency runs while it is installed. Both files hold the hashes of what may be taken.
RUN python -m venv --without-pip /opt/sealcheck \
 && pip install --require-hashes --only-binary :all: --requirement requirements-build.txt \
 && pip --python /opt/sealcheck install --no-compile --require-hashes --only-binary :all: --requirement requirements.txt
COPY pyproject.toml README.md LICENSE app.py ./
COPY bot bot
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && pip --python /opt/sealcheck install --no-compile --no-deps --no-index --find-links dist sealcheck \
 && /opt/sealcheck/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/sealcheck/lib

FROM ${PYTHON}
LABEL org.opencontainers.image.title="Sealcheck" \
      org.opencontainers.image.description="Reviews GitLab merge requests for secret hygiene" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/sealcheck /opt/sealcheck
ENV PATH=/opt/sealcheck/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# The embedded queue's file is kept in /data; nothing else but /tmp is ever written to. Group 0: where the cluster
# chooses the user, as OpenShift does, the folder is still to be entered.
RUN install --directory --owner 65532 --group 0 --mode 0770 /data
VOLUME /data
WORKDIR /data
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
# For `serve` and `web`; a lone worker has no port: docker run --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --start-interval=1s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["sealcheck"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
