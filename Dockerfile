# Vivavoce in a container: the server, an unprivileged user, one volume for its data.
#
#   docker build -t vivavoce .
#   docker run -p 127.0.0.1:8080:8080 -v vivavoce:/data -e VIVAVOCE_ADMIN_API_KEY=... vivavoce
#
# docs/how-to/run-in-a-container.md says more.
FROM python:3.13-slim AS dashboard
COPY requirements/uv.txt requirements/web.txt /build/requirements/
COPY tooling /build/tooling
COPY web/dashboard /build/web/dashboard
RUN mkdir -p /build/src/vivavoce/web && python /build/tooling build

FROM python:3.13-slim

RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin vivavoce \
    && install -d -o vivavoce -g vivavoce -m 700 /data

COPY requirements/runtime.txt /opt/vivavoce/runtime.txt
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r /opt/vivavoce/runtime.txt

COPY LICENSE /opt/vivavoce/LICENSE
COPY src/vivavoce /opt/vivavoce/modules/vivavoce
COPY --from=dashboard /build/src/vivavoce/web/static /opt/vivavoce/modules/vivavoce/web/static
RUN python -m compileall -q /opt/vivavoce/modules \
    && printf '#!/bin/sh\nexec python -P -m vivavoce "$@"\n' > /usr/local/bin/vivavoce \
    && chmod 755 /usr/local/bin/vivavoce

# Inside a container the server must listen on every address; which of them are reachable is decided by who publishes
# the port. Publish it on loopback, or behind a proxy that speaks TLS.
ENV PYTHONPATH=/opt/vivavoce/modules \
    PYTHONUNBUFFERED=1 \
    VIVAVOCE_HOST=0.0.0.0 \
    VIVAVOCE_PORT=8080 \
    VIVAVOCE_ALLOW_PLAIN_HTTP=true \
    VIVAVOCE_DATA_DIR=/data \
    VIVAVOCE_OPEN_BROWSER=false

USER vivavoce
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as request; request.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]

ENTRYPOINT ["vivavoce"]
CMD ["serve"]
