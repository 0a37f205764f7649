/* nspec=0: there is none.
 * @args: -x nspec=0
 */
BEGIN { trace(speculation()); }
BEGIN { speculate(0); trace("no"); }
BEGIN { commit(0); discard(0); }
BEGIN { exit(0); }
