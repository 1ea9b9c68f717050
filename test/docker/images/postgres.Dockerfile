# Stands for postgres:18: Debian's PostgreSQL 18 with the variables, the folder and the user that the real one documents.
FROM trialbell-test/debian
ENV PGDATA=/var/lib/postgresql/18/docker PATH=/usr/lib/postgresql/18/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN rm -rf /var/lib/postgresql && install -d -m 1777 -o postgres -g postgres /var/lib/postgresql \
 && install -d -m 3777 -o postgres -g postgres /var/run/postgresql
COPY --chmod=755 postgres.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
