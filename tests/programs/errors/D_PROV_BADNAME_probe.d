/*
 * @args: -xerrtags
 * @status: 1
 */
provider test {
	probe pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp(int);
};
BEGIN { exit(0); }
