# syntax=docker/dockerfile:1
# Waypost as an image: no compiler, no Node, no secret, not root. See docs/operate.md.

# The browser libraries that set-up copies beside the pages.
FROM node:20-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --silent

# Everything Python, in a virtual environment that the last stage takes over as it is.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/waypost
COPY requirements/run.txt requirements/run.txt
RUN /opt/waypost/bin/pip install --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY core/ core/
COPY translations/ translations/
COPY nlu/ nlu/
COPY knowledge/ knowledge/
COPY bot/ bot/
COPY api/ api/
COPY waypost/ waypost/
COPY --from=assets /build/node_modules/swagger-ui-dist/swagger-ui.css /build/node_modules/swagger-ui-dist/swagger-ui-bundle.js /build/node_modules/swagger-ui-dist/LICENSE api/chat/static/vendor/
RUN /opt/waypost/bin/pip install --no-deps --no-build-isolation .
# The understanding is trained here, so that a container is ready at once. The database made on the way is thrown away:
# each install makes its own.
WORKDIR /srv/waypost
RUN WAYPOST_DATA_DIR=/srv/waypost /opt/waypost/bin/waypost setup && rm -f waypost.db*

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Waypost" \
      org.opencontainers.image.description="A chat signposting service for people who are new to the UK." \
      org.opencontainers.image.licenses="MIT AND CC-BY-SA-3.0"
RUN groupadd --gid 10001 waypost && useradd --uid 10001 --gid 10001 --home-dir /srv/waypost --no-create-home --shell /usr/sbin/nologin waypost
COPY --from=build /opt/waypost /opt/waypost
COPY --from=build --chown=10001:10001 /srv/waypost /srv/waypost
# The notices of what the image carries: README.md has the one for the language model.
COPY LICENSE README.md /usr/share/doc/waypost/
ENV PATH=/opt/waypost/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    WAYPOST_DATA_DIR=/srv/waypost \
    WAYPOST_HOST=0.0.0.0
WORKDIR /srv/waypost
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=180s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('WAYPOST_PORT', '8000') + '/readyz', timeout=4)"]
CMD ["waypost", "serve"]
