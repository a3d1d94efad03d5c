/* Looks each of its arguments up with the C library's resolver. With wait as its argument it does nothing until it is told to
   end. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct addrinfo hints, *list = 0;
	memset(&hints, 0, sizeof hints);
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	if (argc == 2 && !strcmp(argv[1], "wait"))
		return pause();
	for (int i = 1; i < argc; i++)
		printf("%s %s\n", argv[i], gai_strerror(getaddrinfo(argv[i], 0, &hints, &list)));
	return 0;
}
