# Vestibule as one image: one binary, no shell needed, not root.
#
#   docker build -t vestibule .
#   docker run --rm vestibule generate-key                     # prints a sealing key: keep it, the database needs it
#   docker run -d --name vestibule -p 127.0.0.1:8080:8080 -v vestibule:/var/lib/vestibule \
#       -e VESTIBULE__SECURITY__SEALING_KEY=… \
#       -e VESTIBULE__REGION__NAME=us \
#       -e VESTIBULE__REGION__API_URL=https://api.vestibule.example \
#       -e VESTIBULE__REGION__APP_URL=https://app.vestibule.example \
#       vestibule
#   docker exec vestibule vestibule workspace create --name Acme
#
# Secrets may come from files instead: VESTIBULE__SECURITY__SEALING_KEY_FILE, VESTIBULE__DATABASE__URL_FILE.
#
# Put a TLS proxy in front: Okta speaks https only. Port 9090 is /metrics: leave it unpublished, let Prometheus reach it
# on the container network.
#
# The SQLite database is in the volume /var/lib/vestibule: back it up, and mount it into one container at a time. For
# more than one container use PostgreSQL:
#   -e 'VESTIBULE__DATABASE__URL=postgres://user:password@host/db?sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt'
# The `sslrootcert` must be there: libpq is linked with an OpenSSL of its own, which doesn't know where Debian keeps
# its certificates.
#
# CI has no Docker engine, so this image is not built there. Build it before you release.

FROM rust:1.95-bookworm AS builder
# OpenSSL, libpq and SQLite are built from source: that takes a C compiler, make and perl.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev make perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Without the default features, so without `demo`: the pretend Okta org is not in the image.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --profile dist --locked --no-default-features --features bundled -p vestibule \
    && install -D target/dist/vestibule /out/vestibule

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 vestibule \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/vestibule --no-create-home \
        --shell /usr/sbin/nologin vestibule \
    && install -d -m 0700 -o vestibule -g vestibule /var/lib/vestibule
COPY --from=builder /out/vestibule /usr/local/bin/vestibule

# 0.0.0.0 is the container's own network: what is reachable from outside is what is published with -p.
# SSL_CERT_FILE tells that OpenSSL where the certificates are for calls to Okta.
ENV VESTIBULE__SERVER__LISTEN=0.0.0.0:8080 \
    VESTIBULE__SERVER__METRICS_LISTEN=0.0.0.0:9090 \
    VESTIBULE__DATABASE__URL=sqlite:///var/lib/vestibule/vestibule.db \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt

# A number, so that Kubernetes' runAsNonRoot can tell that it isn't root.
USER 10001:10001
WORKDIR /var/lib/vestibule
VOLUME /var/lib/vestibule
EXPOSE 8080 9090
# GET /readyz on the listen address: healthy once requests can be served.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["vestibule", "check-health"]
ENTRYPOINT ["vestibule"]
CMD ["serve"]
