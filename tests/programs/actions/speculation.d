/* A speculation comes out where it is committed; one that is discarded, or left alone, never does.
 * @args: -x nspec=8
 */
BEGIN
{
	a = speculation(); b = speculation(); c = speculation(); d = speculation();
	printf("%d %d %d %d", a, b, c, d);
}
BEGIN { speculate(a); printf("first of a"); }
BEGIN { speculate(b); printf("b"); }
BEGIN { speculate(c); trace("c"); trace(3); }
BEGIN { speculate(a); printf("second of a"); }
BEGIN { speculate(d); printf("never seen"); }
BEGIN { printf("before"); }
BEGIN { commit(c); discard(b); commit(a); }
BEGIN { speculate(a); printf("not active any more"); }
BEGIN { commit(a); commit(0); discard(0); discard(b); }
BEGIN { speculate(0); printf("no"); }
BEGIN { printf("next: %d", speculation()); exit(0); }
