# The base brings Node 26 and docker-compose.yml the database, so neither comes from npm here.
FROM node:26-slim
LABEL org.opencontainers.image.title="Trialbell" \
      org.opencontainers.image.description="Watches clinical-trial registries and mails what changed" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
ENV NODE_ENV=production HOST=::
# The modes are set here: a checkout made under umask 077 is readable by its owner alone.
COPY --chmod=644 package.json package-lock.json LICENSE ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY --chmod=755 templates ./templates
COPY --chmod=755 workers ./workers
COPY --chmod=755 src ./src
RUN printf '#!/bin/sh\nexec node /app/src/cli.ts "$@"\n' >/usr/local/bin/trialbell \
 && chmod 755 /usr/local/bin/trialbell \
 && install -d -m 700 -o 1000 -g 1000 /data
USER 1000:1000
ENTRYPOINT ["trialbell"]
CMD ["--help"]
