# Images of gerund (docs/container.md):
#   docker build --target runtime --build-arg TORCH=OFF -t gerund-runtime .   deploys exported networks, without LibTorch
#   docker build --target training -t gerund .                               the whole program
# Processors only. For a GPU (not tried): base the stages build and training on an image of Debian 12 with CUDA's
# libraries, unpack a LibTorch that was built with CUDA and the C++11 ABI to /opt/libtorch in both, leave libtorch-dev out
# of packages.txt, and configure with -DCMAKE_PREFIX_PATH=/opt/libtorch. gerund takes the GPU by itself
# (train.device=auto), where the container is given one (--gpus all). Exported networks run on processors all the same.

# Everything is built here once, as Debian packages.
FROM debian:bookworm-slim AS build
WORKDIR /source
COPY packages.txt ./
COPY tools/install_packages.sh tools/
RUN tools/install_packages.sh build
COPY . .
ARG TORCH=ON
RUN cmake --preset release -DGERUND_TESTS=OFF -DGERUND_TORCH=$TORCH \
  && cmake --build --preset release \
  && cpack --config build/release/CPackConfig.cmake -B build/packages

# Cameras and files to events: gerund-runtime and the GStreamer plugin.
FROM debian:bookworm-slim AS runtime
RUN --mount=type=bind,from=build,source=/source/build/packages,target=/packages \
  apt-get update \
  && apt-get install -y --no-install-recommends \
    /packages/gerund-runtime_*.deb /packages/gstreamer1.0-gerund_*.deb \
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly \
    gstreamer1.0-libav gstreamer1.0-tools \
  && rm -rf /var/lib/apt/lists/*
# The cache holds which convolutions are fastest on this machine, and GStreamer's list of plugins: a volume keeps them.
RUN useradd --uid 10001 --home-dir /var/cache/gerund --shell /usr/sbin/nologin gerund \
  && install -d -o gerund -g gerund /var/cache/gerund /events
ENV XDG_CACHE_HOME=/var/cache/gerund
USER gerund
WORKDIR /events
ENTRYPOINT ["gerund-runtime"]
CMD ["--help"]

# All verbs; needs LibTorch. Clips and results are mounted at /work.
FROM debian:bookworm-slim AS training
RUN --mount=type=bind,from=build,source=/source/build/packages,target=/packages \
  apt-get update \
  && apt-get install -y --no-install-recommends \
    /packages/gerund-runtime_*.deb /packages/gerund_*.deb libopenblas0-pthread ca-certificates \
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly \
    gstreamer1.0-libav \
  && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home --shell /bin/bash gerund && install -d -o gerund -g gerund /work
USER gerund
WORKDIR /work
ENTRYPOINT ["gerund"]
CMD ["--help"]
