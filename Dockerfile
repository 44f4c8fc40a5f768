# The HTTP host. Build:  docker build -t email-security .
# Run:  see docs/deploying.md. What is pinned: constraints.txt; pin the base by digest with
#       --build-arg BASE=python:3.13-slim-bookworm@sha256:...
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
RUN python -m venv /tools && python -m venv --without-pip /opt/email-security
COPY constraints.txt ./
RUN /tools/bin/pip install --no-cache-dir --constraint constraints.txt hatchling
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY connector_core ./connector_core
COPY providers ./providers
COPY conformance ./conformance
RUN /tools/bin/pip wheel --no-cache-dir --no-build-isolation --no-deps --wheel-dir /wheels .
RUN wheel="$(echo /wheels/*.whl)" && \
    /tools/bin/pip --python /opt/email-security/bin/python install --no-cache-dir --only-binary :all: \
    --constraint constraints.txt "${wheel}[cli,defender-office365,server]"

FROM ${BASE}
COPY --from=build /opt/email-security /opt/email-security
RUN install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/email-security
ENV PATH=/opt/email-security/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    EMAIL_SECURITY_CONFIG=/var/lib/email-security/config.toml
USER 10001:10001
VOLUME ["/var/lib/email-security"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["email-security"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
