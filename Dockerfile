# The base brings Node 26 and docker-compose.yml the database, so neither comes from npm here.
FROM node:26-slim
WORKDIR /app
# Of a container's addresses, its ports are reached from outside at those that are not loopback.
ENV NODE_ENV=production HOST=::
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force
COPY LICENSE ./
COPY templates ./templates
COPY workers ./workers
COPY src ./src
USER node
ENTRYPOINT ["node", "src/cli.ts"]
CMD ["--help"]
