/* Looks one name up as a program does, for both families, and prints how it ended.
   With a second argument it passes no hints, as many programs do. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct addrinfo hints, *list = 0;
	memset(&hints, 0, sizeof hints);
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	int code = getaddrinfo(argv[1], 0, argc > 2 ? 0 : &hints, &list);
	switch (code) {
	case 0: puts("found"); break;
	case EAI_NONAME: puts("not found"); break;
	case EAI_AGAIN: puts("try again"); break;
#ifdef EAI_NODATA
	case EAI_NODATA: puts("no address"); break;
#else
	case -5: puts("no address"); break;
#endif
	default: printf("%d %s\n", code, gai_strerror(code));
	}
	return 0;
}
