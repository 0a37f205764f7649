/*
 * @args: -xerrtags
 * @status: 1
 */
provider test { probe go(int a) : (int b); };
BEGIN { exit(0); }
