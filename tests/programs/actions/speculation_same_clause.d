/* What a clause records before its own commit is in time for it. A clause that only speculates records its probe.
 * @args: -x nspec=2
 */
BEGIN { s = speculation(); }
BEGIN { speculate(s); }
BEGIN { speculate(s); x = 1; printf("x"); commit(s); }
BEGIN { discard(s); printf("discard is no data"); }
BEGIN { t = speculation(); printf("%d", t != 0); discard(t); }
BEGIN { exit(0); }
