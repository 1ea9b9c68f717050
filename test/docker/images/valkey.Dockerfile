# Stands for valkey/valkey:9.
FROM trialbell-test/debian
RUN install -d -o valkey -g valkey /data
WORKDIR /data
VOLUME /data
EXPOSE 6379
ENTRYPOINT ["setpriv", "--reuid=valkey", "--regid=valkey", "--clear-groups"]
CMD ["valkey-server"]
