# Builds with Docker or Podman the image that "mathesarctl build oci" builds without them, for the platform of
# the builder:
#
#   docker build --tag mathesarctl .
#
# The first stage needs Node 20 or newer with npm, gzip and xz. It downloads the npm packages, the Node of the
# executable, and Debian's packages with the libraries, all of them pinned by their checksums.
ARG BUILDER=docker.io/library/node:24-bookworm
# hadolint ignore=DL3006
FROM ${BUILDER} AS build
WORKDIR /source
COPY . .
RUN npm ci --no-fund --no-audit --loglevel=error \
    && npm run --silent build \
    && bin/mathesarctl.js build oci --platform "linux-$(node -p process.arch)" --out /artifacts --quiet \
    && scripts/unpack-image /artifacts/*-oci /image

FROM scratch
COPY --from=build /image/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/usr/bin/mathesarctl"]
# The labels that are the same for everybody who builds this version: a test compares them.
LABEL org.opencontainers.image.authors="mathesarctl maintainers <mathesarctl@users.noreply.github.com>" \
      org.opencontainers.image.description="mathesarctl adds user databases to Mathesar: it checks the connection and the privileges of the role, installs the Mathesar schemas in one transaction, and stores the credentials encrypted. It removes them again without losing data, and first lists what depends on the schemas." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.title="mathesarctl" \
      org.opencontainers.image.version="0.8.0"
