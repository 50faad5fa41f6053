/** What administrators and curators change: places, departments, people and their skills, items and their drafts. */
import { defineStore } from "pinia";
import { ref } from "vue";

import { api } from "@/protocol/api";
import type {
  ControlPolicyView,
  DepartmentBody,
  DepartmentList,
  DepartmentView,
  DraftBody,
  DraftList,
  DraftView,
  ItemList,
  ItemView,
  Lifecycle,
  PointBody,
  PointList,
  PointPatch,
  PointView,
  RegionBody,
  RegionList,
  RegionPatch,
  RegionView,
  SkillList,
  SkillView,
  StaffBody,
  StaffCreated,
  StaffList,
  StaffProfile,
  StaffView,
} from "@/protocol/generated";
import { useAuth } from "@/state/auth";

export const useAdmin = defineStore("admin", () => {
  const staff = ref<StaffView[]>([]);
  const points = ref<PointView[]>([]);
  const regions = ref<RegionView[]>([]);
  const departments = ref<DepartmentView[]>([]);
  const items = ref<ItemView[]>([]);
  const drafts = ref<DraftView[]>([]);
  /** What is spoken anywhere, 普通话 first. */
  const languages = ref<string[]>([]);
  const loaded = ref(false);
  const error = ref<unknown>(null);

  async function load(): Promise<void> {
    error.value = null;
    const auth = useAuth();
    try {
      const [people, written, places, tree, offices, catalogue] = await Promise.all([
        auth.can("staff.read") ? api.get<StaffList>("/staff") : { staff: [] },
        auth.can("item.write") ? api.get<DraftList>("/drafts") : { drafts: [] },
        api.get<PointList>("/points"),
        api.get<RegionList>("/regions"),
        api.get<DepartmentList>("/departments"),
        api.get<ItemList>("/items/all"),
      ]);
      staff.value = people.staff;
      drafts.value = written.drafts;
      points.value = places.points;
      regions.value = tree.regions;
      languages.value = tree.languages;
      departments.value = offices.departments;
      items.value = catalogue.items;
      loaded.value = true;
    } catch (failure) {
      error.value = failure;
    }
  }

  /** Returns the first password, which is shown once. */
  async function createStaff(body: StaffBody): Promise<StaffCreated> {
    const created = await api.post<StaffCreated>("/staff", body);
    staff.value = [...staff.value, created.staff];
    return created;
  }

  async function setEnabled(staffId: string, enabled: boolean): Promise<void> {
    await api.patch(`/staff/${staffId}`, { enabled });
    staff.value = staff.value.map((one) => (one.staff_id === staffId ? { ...one, enabled } : one));
  }

  async function changeStaff(staffId: string, profile: StaffProfile): Promise<void> {
    const fresh = await api.patch<StaffView>(`/staff/${staffId}`, { profile });
    staff.value = staff.value.map((one) => (one.staff_id === staffId ? fresh : one));
  }

  /** Returns the new first password, which is shown once. */
  async function resetPassword(staffId: string): Promise<StaffCreated> {
    return api.patch<StaffCreated>(`/staff/${staffId}`, { reset_password: true });
  }

  async function skillsOf(staffId: string): Promise<SkillView[]> {
    return (await api.get<SkillList>(`/staff/${staffId}/skills`)).skills;
  }

  async function setSkills(staffId: string, skills: SkillView[]): Promise<void> {
    await api.put<SkillList>(`/staff/${staffId}/skills`, { skills });
  }

  async function openPoint(body: PointBody): Promise<PointView> {
    const point = await api.post<PointView>("/points", body);
    points.value = [...points.value, point];
    return point;
  }

  async function changePoint(pointId: string, changed: Pick<PointPatch, "profile" | "relay_only">): Promise<void> {
    const fresh = await api.patch<PointView>(`/points/${pointId}`, changed);
    points.value = points.value.map((one) => (one.point_id === pointId ? fresh : one));
  }

  async function addRegion(body: RegionBody): Promise<void> {
    regions.value = [...regions.value, await api.post<RegionView>("/regions", body)];
  }

  async function changeRegion(code: string, patch: RegionPatch): Promise<void> {
    await api.patch<RegionView>(`/regions/${code}`, patch);
    regions.value = (await api.get<RegionList>("/regions")).regions;
  }

  /** Adds a department, or changes the one named. */
  async function saveDepartment(departmentId: string | null, body: DepartmentBody): Promise<void> {
    if (departmentId === null) {
      departments.value = [...departments.value, await api.post<DepartmentView>("/departments", body)];
      return;
    }
    const fresh = await api.put<DepartmentView>(`/departments/${departmentId}`, body);
    departments.value = departments.value.map((one) => (one.department_id === departmentId ? fresh : one));
  }

  async function writeDraft(code: string, body: DraftBody): Promise<void> {
    keepDraft(await api.put<DraftView>(`/drafts/${code}`, body));
  }

  async function submitDraft(code: string): Promise<void> {
    keepDraft(await api.post<DraftView>(`/drafts/${code}/submit`));
  }

  async function discardDraft(code: string): Promise<void> {
    await api.post(`/drafts/${code}/discard`);
    drafts.value = drafts.value.filter((one) => one.item.code !== code);
  }

  async function publishDraft(code: string, lifecycle: Lifecycle): Promise<void> {
    keepItem(await api.post<ItemView>(`/drafts/${code}/publish`, { lifecycle }));
    drafts.value = drafts.value.filter((one) => one.item.code !== code);
  }

  async function setLifecycle(code: string, lifecycle: Lifecycle): Promise<void> {
    keepItem(await api.post<ItemView>(`/items/${code}/lifecycle`, { lifecycle }));
  }

  function keepDraft(fresh: DraftView): void {
    drafts.value = [...drafts.value.filter((one) => one.item.code !== fresh.item.code), fresh];
  }

  function keepItem(fresh: ItemView): void {
    items.value = [...items.value.filter((one) => one.code !== fresh.code), fresh].sort((a, b) => (a.code < b.code ? -1 : 1));
  }

  async function setPointEnabled(pointId: string, enabled: boolean): Promise<void> {
    const fresh = await api.patch<PointView>(`/points/${pointId}`, { enabled });
    points.value = points.value.map((one) => (one.point_id === pointId ? fresh : one));
  }

  /** End the pairing of all rating pads of a point. */
  async function unpairPads(pointId: string): Promise<void> {
    const fresh = await api.post<PointView>(`/points/${pointId}/pads/revoke`);
    points.value = points.value.map((one) => (one.point_id === pointId ? fresh : one));
  }

  /** What of counter PCs may be granted at most: `points/ID` or `items/CODE`. */
  const controlOf = (of: string) => api.get<ControlPolicyView>(`/${of}/control`);
  const setControl = (of: string, policy: ControlPolicyView) => api.put<ControlPolicyView>(`/${of}/control`, policy);

  async function offer(code: string, regionCode: string, offered: boolean): Promise<void> {
    keepItem(await api.put<ItemView>(`/items/${code}/offering`, { region_code: regionCode, offered }));
  }

  return {
    staff, points, regions, departments, items, drafts, languages, loaded, error,
    load, createStaff, changeStaff, setEnabled, resetPassword, skillsOf, setSkills,
    addRegion, changeRegion, saveDepartment, openPoint, changePoint, setPointEnabled, unpairPads, controlOf, setControl, offer,
    writeDraft, submitDraft, discardDraft, publishDraft, setLifecycle,
  };
});
