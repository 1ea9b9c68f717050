# Stands for node:26-slim: Debian's libraries, the project's own Node, npm, and the packages that npm ci asks for.
FROM trialbell-test/debian
COPY --chmod=755 node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY cache /root/.npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && mkdir -p /usr/local/etc && echo 'offline=true' >/usr/local/etc/npmrc \
 && useradd --uid 1000 --create-home node
CMD ["node"]
