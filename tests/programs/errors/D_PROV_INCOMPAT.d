/*
 * @args: -xerrtags
 * @status: 1
 */
provider test { probe go(int); };
provider test { probe go(long); };
BEGIN { exit(0); }
