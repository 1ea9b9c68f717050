# The base brings Node 26 and docker-compose.yml the database, so neither comes from npm here.
FROM node:26-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force
COPY LICENSE ./
COPY templates ./templates
COPY workers ./workers
COPY src ./src
USER node
ENTRYPOINT ["node", "src/cli.ts"]
CMD ["--help"]
