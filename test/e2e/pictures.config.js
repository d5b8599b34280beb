/** The end-to-end tests, and those that only take pictures. */
module.exports = {
	...require('./jest.config'),
	globals: { takesPictures: true },
};
