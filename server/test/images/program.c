// A function for images of tests, without any library at run time: speaks the Lambda Runtime API and does what the event
// says: {"do":"read","path":"/etc/passwd"}. Without "do" it tells how it was started. As a file of /opt/extensions it is an
// extension, which tells what it hears.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES_MAX 65536
#define VERSION "/2018-06-01/runtime/invocation/"

static char answer[BYTES_MAX];

static int server(void) {
  const char *address = getenv("AWS_LAMBDA_RUNTIME_API");
  char host[64];
  snprintf(host, sizeof host, "%s", address ? address : "127.0.0.1:9001");
  char *port = strchr(host, ':');
  *port++ = 0;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  inet_pton(AF_INET, host, &to.sin_addr);
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (struct sockaddr *)&to, sizeof to) != 0) exit(90);
  return connection;
}

/** One exchange; the answer, head and body, is in `answer`. */
static void ask(const char *request) {
  int connection = server();
  if (write(connection, request, strlen(request)) < 0) exit(91);
  size_t got = 0;
  for (;;) {
    ssize_t more = read(connection, answer + got, sizeof answer - 1 - got);
    if (more <= 0) break;
    got += more;
    answer[got] = 0;
    char *body = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "content-length: ");
    if (body && length && got >= (size_t)(body + 4 - answer) + strtoul(length + 16, 0, 10)) break;
  }
  close(connection);
}

/** A member of the event that is a text. */
static const char *member(const char *event, const char *name) {
  static char values[4][1024];
  static int next;
  char *value = values[next++ % 4], key[64];
  snprintf(key, sizeof key, "\"%s\":\"", name);
  const char *from = strstr(event, key);
  if (!from) return 0;
  from += strlen(key);
  snprintf(value, 1024, "%.*s", (int)strcspn(from, "\""), from);
  return value;
}

static void append(char *out, const char *text) {
  size_t at = strlen(out);
  for (; *text && at < BYTES_MAX / 2 - 8; text++) {
    if (*text == '\n') { out[at++] = '\\'; out[at++] = 'n'; continue; }
    if (*text == '"' || *text == '\\') out[at++] = '\\';
    if ((unsigned char)*text >= ' ') out[at++] = *text;
  }
  out[at] = 0;
}

static void attempt(const char *event, const char *what, char *out) {
  const char *path = member(event, "path");
  if (!path) path = "";
  errno = 0;
  if (strcmp(what, "read") == 0) {
    int file = open(path, O_RDONLY);
    char text[4096];
    ssize_t got = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (got >= 0) { text[got] = 0; append(out, text); return; }
  } else if (strcmp(what, "list") == 0) {
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
      if (entry->d_name[0] != '.') { append(out, entry->d_name); append(out, " "); }
    if (folder) { closedir(folder); return; }
  } else if (strcmp(what, "write") == 0) {
    if (open(path, O_WRONLY | O_CREAT, 0600) >= 0) { append(out, "written"); return; }
  } else if (strcmp(what, "mode") == 0) {
    struct stat facts;
    char text[64];
    if (lstat(path, &facts) == 0) { snprintf(text, sizeof text, "%o", facts.st_mode); append(out, text); return; }
  } else if (strcmp(what, "mount") == 0) {
    if (mount("none", "/tmp", "tmpfs", 0, 0) == 0) { append(out, "mounted"); return; }
  } else if (strcmp(what, "exit") == 0) {
    exit(7);
  }
  append(out, strerrorname_np(errno) ? strerrorname_np(errno) : "nothing");
}

static void describe(int count, char **arguments, char *out) {
  char place[1024];
  append(out, getcwd(place, sizeof place) ? place : "?");
  for (int at = 0; at < count; at++) { append(out, " "); append(out, arguments[at]); }
  for (const char **name = (const char *[]){"PATH", "COLOUR", "LAMBDA_TASK_ROOT", "LC_ALL", "HOME", 0}; *name; name++) {
    append(out, "\n"); append(out, *name); append(out, "="); append(out, getenv(*name) ? getenv(*name) : "(none)");
  }
}

#define EXTENSION "/2020-01-01/extension/"

static int extend(const char *name) {
  char request[512], id[64] = "";
  const char *events = "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}";
  snprintf(request, sizeof request,
    "POST " EXTENSION "register HTTP/1.1\r\nhost: cell\r\nlambda-extension-name: %s\r\ncontent-length: %zu\r\n\r\n%s",
    name, strlen(events), events);
  ask(request);
  char *header = strcasestr(answer, "lambda-extension-identifier: ");
  if (!header) return 93;
  snprintf(id, sizeof id, "%.*s", (int)strcspn(header + 29, "\r"), header + 29);
  for (;;) {
    snprintf(request, sizeof request,
      "GET " EXTENSION "event/next HTTP/1.1\r\nhost: cell\r\nlambda-extension-identifier: %s\r\n\r\n", id);
    ask(request);
    const char *type = member(answer, "eventType");
    if (!type) return 94;
    printf("%s heard %s\n", name, type);
    fflush(stdout);
    if (strcmp(type, "SHUTDOWN") == 0) return 0;
  }
}

int main(int count, char **arguments) {
  if (strncmp(arguments[0], "/opt/extensions/", 16) == 0) return extend(arguments[0] + 16);
  printf("the program begins\n");
  fflush(stdout);
  for (;;) {
    static char request[BYTES_MAX], out[BYTES_MAX / 2];
    char id[64] = "";
    ask("GET " VERSION "next HTTP/1.1\r\nhost: cell\r\n\r\n");
    char *header = strcasestr(answer, "lambda-runtime-aws-request-id: "), *event = strstr(answer, "\r\n\r\n");
    if (!header || !event) return 92;
    snprintf(id, sizeof id, "%.*s", (int)strcspn(header + 31, "\r"), header + 31);
    const char *what = member(event, "do");
    out[0] = 0;
    if (what) attempt(event, what, out);
    else describe(count, arguments, out);
    snprintf(request, sizeof request,
      "POST " VERSION "%s/response HTTP/1.1\r\nhost: cell\r\ncontent-length: %zu\r\n\r\n\"%s\"", id, strlen(out) + 2, out);
    ask(request);
  }
}
