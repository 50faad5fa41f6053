/** What an administrator changes: staff and their skills, service points, where items are offered. */
import { defineStore } from "pinia";
import { ref } from "vue";

import { api } from "@/protocol/api";
import type {
  DepartmentList,
  DepartmentView,
  ItemList,
  ItemView,
  PointBody,
  PointList,
  PointView,
  RegionList,
  RegionView,
  SkillList,
  SkillView,
  StaffBody,
  StaffCreated,
  StaffList,
  StaffView,
} from "@/protocol/generated";

export const useAdmin = defineStore("admin", () => {
  const staff = ref<StaffView[]>([]);
  const points = ref<PointView[]>([]);
  const regions = ref<RegionView[]>([]);
  const departments = ref<DepartmentView[]>([]);
  const items = ref<ItemView[]>([]);
  const loaded = ref(false);
  const error = ref<unknown>(null);

  async function load(): Promise<void> {
    error.value = null;
    try {
      const [people, places, tree, offices, catalogue] = await Promise.all([
        api.get<StaffList>("/staff"),
        api.get<PointList>("/points"),
        api.get<RegionList>("/regions"),
        api.get<DepartmentList>("/departments"),
        api.get<ItemList>("/items/all"),
      ]);
      staff.value = people.staff;
      points.value = places.points;
      regions.value = tree.regions;
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

  async function setPointEnabled(pointId: string, enabled: boolean): Promise<void> {
    const fresh = await api.patch<PointView>(`/points/${pointId}`, { enabled });
    points.value = points.value.map((one) => (one.point_id === pointId ? fresh : one));
  }

  /** End the pairing of all rating pads of a point. */
  async function unpairPads(pointId: string): Promise<void> {
    const fresh = await api.post<PointView>(`/points/${pointId}/pads/revoke`);
    points.value = points.value.map((one) => (one.point_id === pointId ? fresh : one));
  }

  async function offer(code: string, regionCode: string, offered: boolean): Promise<void> {
    const fresh = await api.put<ItemView>(`/items/${code}/offering`, { region_code: regionCode, offered });
    items.value = items.value.map((one) => (one.code === code ? fresh : one));
  }

  return {
    staff, points, regions, departments, items, loaded, error,
    load, createStaff, setEnabled, resetPassword, skillsOf, setSkills, openPoint, setPointEnabled, unpairPads, offer,
  };
});
