/* More than nspec there cannot be: that is an illegal operation. Zero and ids that are not active are ignored.
 * @args: -x nspec=3
 * @mask: offset \d+ => offset N
 */
BEGIN { commit(3); }
BEGIN { commit(4); }
BEGIN { discard(-1); }
BEGIN { speculate(1024); printf("no"); }
BEGIN { exit(0); }
