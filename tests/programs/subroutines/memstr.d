/* Memory as a string: one byte less than is asked for, NULs replaced by the character.
 * @args: -q
 * @mask: offset \d+ => offset N
 */
char words[12];
int n;
BEGIN { words[0] = 'a'; words[1] = 'b'; words[3] = 'c'; words[6] = 'd'; printf("<%s>\n", memstr(words, ' ', 8)); }
BEGIN { printf("<%s> <%s> <%s> <%s>\n", memstr(words, '.', 5), memstr(words, '.', 2), memstr(words, '.', 1), memstr(words, '.', 0)); }
BEGIN { printf("<%s>\n", memstr(words, 0, 8)); }
BEGIN { n = 7; printf("<%s>\n", memstr(words, '-', n)); }
BEGIN { n = 0; s = memstr(words, '-', n); printf("<%s> %d\n", s, s == NULL); }
BEGIN { p = (char *)alloca(16); p[0] = 'x'; p[15] = 'y'; printf("<%s>\n", memstr(p, '_', 17)); }
BEGIN { trace(memstr((void *)16, ' ', 4)); }
BEGIN { exit(0); }
