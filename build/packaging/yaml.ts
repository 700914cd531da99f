import { load } from 'js-yaml';

/** @throws with line and column where the text isn't YAML. */
export const readYaml = (text: string): unknown => load(text);
