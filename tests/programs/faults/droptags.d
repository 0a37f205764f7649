/* The kinds of drops by their tags.
 * @args: -q -x droptags -x dynvarsize=100 -x aggsize=100
 * @mask: on CPU [0-9]+ => on CPU N
 */
BEGIN { s[1] = speculation(); trace(speculation()); trace(speculation()); }
BEGIN { x[1] = 1; x[2] = 2; x[3] = 3; }
BEGIN { @[1] = count(); @[2] = count(); exit(0); }
