// The bare relay, the sender and the receivers of bench/transfer.ts, as lean as they can be.
//
//     transfer relay RECEIVERS             prints its port; the first connection sends, the others receive
//     transfer send PORT BYTES PREFACE     connects, says the preface, waits for "ready", sends, waits for the end
//     transfer receive PORT RATE PREFACE   connects, says the preface, counts what comes until the end
//
// An empty preface waits for nothing. RATE is bytes a second, 0 for as fast as they come. Sender and receiver print
// how many bytes they sent or got, and the time in seconds (CLOCK_MONOTONIC) when they were done.

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { buffer_bytes = 256 * 1024 };
static char buffer[buffer_bytes];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void write_all(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t n = write(fd, bytes, count);
    if (n <= 0) die("write");
    bytes += n;
    count -= n;
  }
}

static int dial(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
  return fd;
}

static int relay(int receivers) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 64) != 0) die("listen");
  getsockname(listener, (struct sockaddr *)&at, &length);
  printf("--connect 127.0.0.1:%d\n", ntohs(at.sin_port));
  fflush(stdout);
  for (;;) {
    int sinks[64];
    // Receivers first: nothing is kept here for those who come later.
    for (int i = 0; i < receivers; i++) sinks[i] = accept(listener, 0, 0);
    int source = accept(listener, 0, 0);
    for (;;) {
      ssize_t n = read(source, buffer, sizeof buffer);
      if (n <= 0) break;
      for (int i = 0; i < receivers; i++) write_all(sinks[i], buffer, n);
    }
    for (int i = 0; i < receivers; i++) close(sinks[i]);
    close(source);
  }
}

static int send_bytes(int port, long long bytes, const char *preface) {
  int fd = dial(port);
  if (*preface != 0) {
    write_all(fd, preface, strlen(preface));
    size_t have = 0;
    do {
      ssize_t n = read(fd, buffer + have, sizeof buffer - have - 1);
      if (n <= 0) die("ready");
      have += n;
      buffer[have] = 0;
    } while (strstr(buffer, "\"ready\"") == 0);
  }
  static char bulk[1024 * 1024];
  unsigned seed = 1;
  for (size_t i = 0; i < sizeof bulk; i++) bulk[i] = (seed = seed * 1103515245 + 12345) >> 16;
  for (long long left = bytes; left > 0;) {
    ssize_t n = write(fd, bulk, left < (long long)sizeof bulk ? left : (long long)sizeof bulk);
    if (n <= 0) die("send");
    left -= n;
  }
  // The bare relay has no size to go by.
  if (*preface == 0) shutdown(fd, SHUT_WR);
  while (read(fd, buffer, sizeof buffer) > 0) {
  }
  printf("%lld %f\n", bytes, now());
  return 0;
}

static int receive_bytes(int port, double rate, const char *preface) {
  int fd = dial(port);
  write_all(fd, preface, strlen(preface));
  printf("connected\n");
  fflush(stdout);
  long long bytes = 0;
  double from = now();
  for (;;) {
    ssize_t n = read(fd, buffer, rate > 0 ? 16 * 1024 : sizeof buffer);
    if (n <= 0) break;
    bytes += n;
    double ahead = rate > 0 ? bytes / rate - (now() - from) : 0;
    if (ahead > 0) usleep(ahead * 1e6);
  }
  printf("%lld %f\n", bytes, now());
  return 0;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc == 3 && strcmp(argv[1], "relay") == 0) return relay(atoi(argv[2]));
  if (argc == 5 && strcmp(argv[1], "send") == 0) return send_bytes(atoi(argv[2]), atoll(argv[3]), argv[4]);
  if (argc == 5 && strcmp(argv[1], "receive") == 0) return receive_bytes(atoi(argv[2]), atof(argv[3]), argv[4]);
  fprintf(stderr, "usage: see the source\n");
  return 2;
}
