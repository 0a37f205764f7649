/*
 * Macro arguments: integers, names and strings as they look; $$ makes strings of them; in probe descriptions they are text.
 * @args: -q
 * @operands: -- 10 -0x10 name "quoted text" a/b 07 BEGIN 0xffffffffffffffff
 */

$7
{
	$3 = $1 + $2;
	printf("%d %d %d\n", $1, $2, name);
	printf("%s|%s|%s\n", $$1, $$2, $$3);
	printf("%s|%s\n", $4, $$4);
	printf("%s|%s\n", $5, $$5);
	printf("%d|%s\n", $6, $$6);
	printf("%x\n", $8);
	printf("%s\n", $0);
	printf("%d\n", sizeof ($1));
	exit(0);
}
