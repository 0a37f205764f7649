/*
 * @args: -xerrtags
 * @status: 1
 */
provider test { probe go(int); probe stop(); };
provider test { probe go(int); };
BEGIN { exit(0); }
