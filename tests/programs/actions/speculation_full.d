/* specsize bounds what a speculation holds: what does not fit is dropped and counted.
 * @args: -q -x specsize=50 -x droptags
 */
BEGIN { s = speculation(); }
BEGIN { speculate(s); printf("%d\n", 1); }
BEGIN { speculate(s); printf("%d\n", 2); }
BEGIN { speculate(s); printf("%d\n", 3); }
BEGIN { speculate(s); printf("%d\n", 4); }
BEGIN { commit(s); }
BEGIN { exit(0); }
