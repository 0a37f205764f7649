/* A fault behind speculate takes that clause's record away, not the speculation.
 * @mask: offset \d+ => offset N
 */
BEGIN { s = speculation(); zero = 0; }
BEGIN { speculate(s); printf("good"); }
BEGIN { speculate(s); printf("bad %d", 1 / zero); }
BEGIN { commit(s); }
BEGIN { exit(0); }
