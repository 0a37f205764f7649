/*
 * @args: -xerrtags
 * @status: 1
 */
struct a { int x; };
struct b { int y; };
provider test { probe go(struct a *p) : (struct b *p); };
BEGIN { exit(0); }
