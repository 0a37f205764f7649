/*
 * @args: -q
 */

BEGIN
{
	printf("%s %s %s %s %s %s\n", basename("/a/b"), basename("a"), basename("/a/b//"), basename("/"), basename("///"), basename(""));
	printf("%s %s %s %s %s %s\n", dirname("/a/b"), dirname("a"), dirname("/a/b//"), dirname("/"), dirname("/a"), dirname(""));
	printf("%s %s %s\n", dirname("a//b"), dirname("//a//b//"), dirname("./"));
	printf("%s %s %s\n", cleanpath("/a/../b"), cleanpath("/a//b/./c"), cleanpath("/a/b/../../c"));
	printf("%s %s %s\n", cleanpath("/../a"), cleanpath("/a/b/.."), cleanpath("/.."));
	printf("%s %s %s\n", cleanpath("a/./b"), cleanpath("/a/.b/..c/..."), cleanpath("/a/."));
	printf("<%s> %s %s\n", cleanpath(""), cleanpath("/"), cleanpath("////"));
	exit(0);
}
