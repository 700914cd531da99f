import { Tabs as BaseTabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import styles from './Tabs.module.css';

interface TabItem<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** How many things are in it. */
  readonly count?: number;
  readonly content: ReactNode;
}

/** Parts of one page, one shown at a time. Arrows move between them. */
export function Tabs<Value extends string>(props: {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  tabs: readonly TabItem<Value>[];
  /** Stands at the end of the row of tabs, such as a filter. */
  beside?: ReactNode;
}) {
  return (
    <BaseTabs.Root
      className={styles.tabs}
      value={props.value}
      onValueChange={(value: Value) => props.onChange(value)}
    >
      <div className={styles.row}>
        <BaseTabs.List className={styles.list} aria-label={props.label} activateOnFocus>
          {props.tabs.map((tab) => (
            <BaseTabs.Tab key={tab.value} className={styles.tab} value={tab.value}>
              {tab.label}
              {tab.count !== undefined && <span className={styles.count}>{tab.count}</span>}
            </BaseTabs.Tab>
          ))}
        </BaseTabs.List>
        {props.beside}
      </div>
      {props.tabs.map((tab) => (
        <BaseTabs.Panel key={tab.value} className={styles.panel} value={tab.value}>
          {tab.content}
        </BaseTabs.Panel>
      ))}
    </BaseTabs.Root>
  );
}
