# What the original installs, with the packages that Debian recommends beside them, for its size only.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y procps kmod nfs-kernel-server && rm -rf /var/lib/apt/lists/*
