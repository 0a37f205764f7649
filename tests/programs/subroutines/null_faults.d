/*
 * The string functions fault on NULL, strtok's first argument apart.
 *
 * @args: -q
 * @mask: DIF offset \d+ => DIF offset N
 */

string y[int];
self string x;

ERROR
{
	printf("%d %d\n", arg4, arg5);
}

BEGIN { x = strchr("a", 'b'); }
BEGIN { trace(strlen(x)); }
BEGIN { trace(strjoin(x, "a")); }
BEGIN { trace(strjoin("a", x)); }
BEGIN { trace(index("abc", y[1])); }
BEGIN { trace(strchr(self->x, 'a')); }
BEGIN { trace(substr(NULL, 1)); }
BEGIN { trace(basename(strstr("abc", "z"))); }
BEGIN { trace(strtok("a", x)); }
BEGIN { trace(strtok(x, "a") == NULL); }
BEGIN { exit(0); }
