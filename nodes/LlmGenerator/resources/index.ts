import { credit } from './credit';
import { file } from './file';
import { site } from './site';
import { subscription } from './subscription';

/** In the order of the Resource field; the first one is the default. A new resource is one folder and one line here. */
export const resources = [credit, file, site, subscription];
