/* NULL is no text and no selector.
 * @args: -q
 * @mask: offset \d+ => offset N
 */
string none[int];
BEGIN { trace(json(none[1], "a")); }
BEGIN { trace(json("{}", none[1])); }
BEGIN { trace(json(json("{}", "a"), "b")); }
BEGIN { exit(0); }
