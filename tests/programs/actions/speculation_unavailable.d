/* nspec is 1: the second and third get none, and it is told, once, how many. An id that is given back can be had again.
 * @args: -q
 */
BEGIN { printf("%d %d %d\n", speculation(), speculation(), speculation()); }
BEGIN { discard(1); }
BEGIN { printf("%d\n", speculation()); }
BEGIN { discard(1); exit(0); }
