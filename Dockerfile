# syntax=docker/dockerfile:1
# kgot: its command, and through it its workers. Debian, as the embedded graph store needs glibc.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Not "npm ci": see docs/decisions/0004-install-instead-of-ci.md. Versions still come from the lockfile.
RUN --mount=type=cache,target=/root/.npm npm install --no-save --loglevel=error
COPY tsconfig.json tsconfig.build.json README.md CHANGELOG.md LICENSE ./
COPY scripts scripts
COPY src src
COPY workflows workflows
COPY activities activities
COPY workers workers
COPY cli cli
RUN node scripts/build.ts

FROM ${NODE_IMAGE} AS packages
WORKDIR /packages
COPY package.json package-lock.json .npmrc ./
# What is needed at run time brings its binaries along: no package's script runs.
RUN --mount=type=cache,target=/root/.npm npm install --no-save --omit=dev --ignore-scripts --loglevel=error

FROM ${NODE_IMAGE}
ENV NODE_ENV=production KGOT_DATA=/data
WORKDIR /app
COPY --from=packages /packages/node_modules node_modules
COPY --from=build /build/dist .
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
WORKDIR /work
ENTRYPOINT ["node", "/app/cli/main.js"]
CMD ["--help"]
